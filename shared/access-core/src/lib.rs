//! The domain of Rotakey: who should have access, and the plan to make it so.
