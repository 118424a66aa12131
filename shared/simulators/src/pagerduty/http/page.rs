//! Offset paging, with each family's default and maximum.

use serde_json::{Value, json};

use super::gate::Call;
use super::problem::Problem;

/// How a list pages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paging {
    default: usize,
    max: usize,
    has_total: bool,
}

/// The REST API's lists.
pub(super) const CLASSIC: Paging = Paging {
    default: 25,
    max: 100,
    has_total: true,
};

/// The list of v3 schedules.
pub(super) const V3: Paging = Paging {
    default: 100,
    max: 1000,
    has_total: false,
};

/// Lists inside a v3 schedule.
pub(super) const V3_PARTS: Paging = Paging {
    default: 25,
    max: 100,
    has_total: false,
};

/// PagerDuty refuses to page beyond this many.
const REACH_MAX: usize = 10_000;

/// One page of `items` under `key`. A limit above the maximum is lowered to it.
pub(super) fn page<T>(
    call: &Call<'_>,
    paging: Paging,
    key: &str,
    items: &[T],
    view: impl Fn(&T) -> Value,
) -> Result<Value, Problem> {
    let limit = number(call, "limit")?
        .unwrap_or(paging.default)
        .min(paging.max);
    let offset = number(call, "offset")?.unwrap_or(0);
    if limit == 0 {
        return Err(Problem::invalid("limit must be 1 or more").about("limit", "too small"));
    }
    if offset.saturating_add(limit) > REACH_MAX {
        return Err(Problem::invalid(format!(
            "offset and limit must not exceed {REACH_MAX}"
        )));
    }
    let shown = items.iter().skip(offset).take(limit);
    let mut body = json!({
        key: shown.map(view).collect::<Vec<_>>(),
        "limit": limit,
        "offset": offset,
        "more": items.len() > offset.saturating_add(limit),
    });
    if paging.has_total {
        body["total"] = if call.query.flag("total") {
            json!(items.len())
        } else {
            Value::Null
        };
    }
    Ok(body)
}

fn number(call: &Call<'_>, key: &str) -> Result<Option<usize>, Problem> {
    let parse = |text: &str| {
        text.parse()
            .map_err(|_| Problem::invalid(format!("{key} must be a number")))
    };
    call.query.one(key).map(parse).transpose()
}
