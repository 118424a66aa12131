//! Durations, counts and shares that are none, or out of range, and words that are none of those known.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "duration without unit",
        r#""5m""#,
        r#""5""#,
        &[(
            "32:8: `5` is no duration",
            r#"write numbers with units (w, d, h, m, s), such as "5m", "1h 30m", "14d""#,
        )],
    ),
    (
        "negative duration",
        r#""5m""#,
        r#""-5m""#,
        &[(
            "32:8: `lead` is out of range: -5m",
            "write a duration from 0s to 7d",
        )],
    ),
    (
        "lead out of range",
        r#""5m""#,
        r#""8d""#,
        &[(
            "32:8: `lead` is out of range: 8d",
            "write a duration from 0s to 7d",
        )],
    ),
    (
        "lead beyond look_ahead",
        r#""5m""#,
        r#""30h""#,
        &[(
            "32:8: `lead` is longer than `look_ahead`, which is 1d",
            "shifts are not known that far ahead: shorten it, or raise look_ahead in [sweep]",
        )],
    ),
    (
        "bad when_empty",
        r#"lead = "5m""#,
        r#"when_empty = "holt""#,
        &[(
            "32:14: `when_empty` cannot be `holt`",
            r#"did you mean "hold"?"#,
        )],
    ),
    (
        "bad ownership",
        r#"lead = "5m""#,
        r#"ownership = "all""#,
        &[(
            "32:13: `ownership` cannot be `all`",
            "write one of: exclusive, additive",
        )],
    ),
    (
        "share out of range",
        "removals_max = 20",
        "removals_share_max = 50",
        &[(
            "47:22: `removals_share_max` is out of range: 50",
            "write a number from 0 to 1, such as 0.5, without quotes",
        )],
    ),
    (
        "share that is no number",
        "removals_max = 20",
        "removals_share_max = nan",
        &[(
            "47:22: `removals_share_max` is out of range: NaN",
            "write a number from 0 to 1, such as 0.5, without quotes",
        )],
    ),
    (
        "negative count",
        "removals_max = 20",
        "removals_max = -1",
        &[(
            "47:16: `removals_max` is out of range: -1",
            "write a whole number from 0 to 1000000, without quotes",
        )],
    ),
    (
        "refresh too often",
        r#"refresh = "1m""#,
        r#"refresh = "1s""#,
        &[(
            "50:11: `refresh` is out of range: 1s",
            "write a duration from 30s to 1h",
        )],
    ),
    (
        "stale before refreshed",
        r#"refresh = "1m""#,
        "refresh = \"10m\"\nstale_max = \"5m\"",
        &[(
            "51:13: `stale_max` is shorter than `refresh`",
            "facts would always be stale: raise stale_max, or lower refresh",
        )],
    ),
    (
        "look_ahead out of range",
        r#"refresh = "1m""#,
        r#"look_ahead = "30m""#,
        &[(
            "50:14: `look_ahead` is out of range: 30m",
            "write a duration from 1h to 7d",
        )],
    ),
    (
        "observed too often",
        r#"refresh = "1m""#,
        r#"observe_every = "10s""#,
        &[(
            "50:17: `observe_every` is out of range: 10s",
            "write a duration from 1m to 1d",
        )],
    ),
    (
        "forecast too long",
        r#"refresh = "1m""#,
        r#"forecast = "1y""#,
        &[(
            "50:12: `1y` is no duration",
            r#"write numbers with units (w, d, h, m, s), such as "5m", "1h 30m", "14d""#,
        )],
    ),
];
