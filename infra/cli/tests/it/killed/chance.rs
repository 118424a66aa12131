//! What chance decides: how long a process lives, and what fails meanwhile.

use simulators::kit::{Fault, Faults};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Numbers that follow from a seed (splitmix64).
pub(super) struct Chance(pub(super) u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn within(&mut self, range: &RangeInclusive<u64>) -> u64 {
        range.start() + self.next() % (range.end() - range.start() + 1)
    }

    pub(super) fn milliseconds(&mut self, range: &RangeInclusive<u64>) -> Duration {
        Duration::from_millis(self.within(range))
    }

    pub(super) fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let most = u64::try_from(all.len()).unwrap() - 1;
        &all[usize::try_from(self.within(&(0..=most))).unwrap()]
    }

    /// Lets nothing fail, some calls, or every call in the same way.
    pub(super) fn spoil(&mut self, faults: &Faults) {
        let ways: Vec<Fault> = Fault::all().into_iter().filter(is_failure).collect();
        faults.clear();
        match self.within(&(0..=3)) {
            0 | 1 => {}
            2 => {
                for _ in 0..3 {
                    let call = self.within(&(1..=20));
                    faults.at_call(call, self.one_of(&ways).clone());
                }
            }
            _ => faults.always("*", self.one_of(&ways).clone()),
        }
    }
}

/// Whether it looks like a failure: that something is not there, or is already, is an answer, and would be a lie here.
fn is_failure(fault: &Fault) -> bool {
    !matches!(
        fault,
        Fault::Status {
            status: 400 | 402 | 404 | 409,
            ..
        }
    )
}
