//! PagerDuty facts for the domain's source port.
