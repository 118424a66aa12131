//! The tick: who is on call becomes who has access.
