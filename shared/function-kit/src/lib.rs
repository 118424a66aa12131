//! What every Rotakey function needs to start: clock, logging, AWS, secrets.
