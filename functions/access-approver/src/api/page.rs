//! Long lists, a page at a time.

use access_core::id::RequestId;

/// The most rows of one page.
const ROWS_MAX: usize = 100;

/// The rows after a request, the newest first, and what to ask for to get the next ones.
///
/// The id of a request begins with its time, so that a page begins where the last one ended, whatever came or changed since.
pub(super) fn page<T>(
    rows: impl Iterator<Item = T>,
    after: Option<RequestId>,
    request: impl Fn(&T) -> RequestId,
) -> (Vec<T>, Option<String>) {
    let rows = rows.filter(|row| after.is_none_or(|after| request(row) < after));
    let mut rows: Vec<T> = rows.collect();
    rows.sort_by_key(|row| std::cmp::Reverse(request(row)));
    let is_more = rows.len() > ROWS_MAX;
    rows.truncate(ROWS_MAX);
    let last = rows.last().filter(|_| is_more);
    let next = last.map(|last| request(last).to_string());
    (rows, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u32) -> RequestId {
        format!("019a0000-0000-7000-8000-{number:012x}")
            .parse()
            .unwrap()
    }

    #[test]
    fn pages_follow_each_other_without_gap_or_repeat() {
        for total in [0, 1, 99, 100, 101, 250] {
            let (mut after, mut seen, mut pages) = (None, Vec::new(), 0);
            loop {
                let (rows, next) = page((0..total).map(id), after, |row| *row);
                seen.extend(rows);
                pages += 1;
                match next {
                    Some(next) => after = Some(next.parse().unwrap()),
                    None => break,
                }
            }
            let expected: Vec<RequestId> = (0..total).rev().map(id).collect();
            assert_eq!(seen, expected, "{total}");
            assert_eq!(pages, total.div_ceil(100).max(1), "{total}");
        }
    }

    #[test]
    fn what_came_since_does_not_move_the_next_page() {
        let (_, next) = page((0..150).map(id), None, |row| *row);
        let after = next.unwrap().parse().unwrap();
        let (rows, next) = page((0..200).map(id), Some(after), |row| *row);
        assert_eq!((rows.len(), rows[0], next), (50, id(49), None));
    }
}
