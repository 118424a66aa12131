//! The systems that hold access, one module each.
