//! Ids that look like PagerDuty's and are the same in every run.

const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// 36^6, the number of ids of the form `P` and six characters.
const SPACE: u64 = 2_176_782_336;
/// Odd and not a multiple of three, so multiplying by it permutes `0..SPACE`: no id comes twice.
const STRIDE: u64 = 1_640_531_527;

/// Mints ids; the n-th id is the same in every world.
#[derive(Debug, Default)]
pub(in crate::pagerduty) struct Mint {
    minted: u64,
}

impl Mint {
    /// `P` and six characters: users, teams, schedules, policies, services.
    pub(in crate::pagerduty) fn short(&mut self) -> String {
        format!("P{}", self.tail(6))
    }

    /// `Q` and thirteen characters: overrides and incidents.
    pub(in crate::pagerduty) fn long(&mut self) -> String {
        format!("Q{}{}", self.tail(6), self.tail(7))
    }

    /// Twenty-six characters: what belongs to a v3 schedule.
    pub(in crate::pagerduty) fn wide(&mut self) -> String {
        format!("AGL7U{}{}{}", self.tail(7), self.tail(7), self.tail(7))
    }

    fn tail(&mut self, length: usize) -> String {
        self.minted += 1;
        let mut rest = self.minted * STRIDE % SPACE;
        let mut tail = Vec::with_capacity(length);
        for _ in 0..length {
            let digit = usize::try_from(rest % 36).expect("below 36");
            tail.push(char::from(ALPHABET[digit]));
            rest /= 36;
        }
        tail.into_iter().rev().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_do_not_repeat() {
        let mut mint = Mint::default();
        let ids: BTreeSet<String> = (0..20_000).map(|_| mint.short()).collect();
        assert_eq!(ids.len(), 20_000);
    }
}
