//! The form of an input, the same for every target: records, and in each what is said and the letters in which it departs.

/// Between records: ASCII's record separator, which no JSON text holds.
pub(crate) const RECORD: u8 = 0x1e;
/// Between what is said and its departures: ASCII's unit separator.
pub(crate) const UNIT: u8 = 0x1f;

/// Records beyond these are ignored: time goes to what they say, not to how many there are.
const RECORDS_MAX: usize = 6;

/// The records of an input, in order: what each says, and its letters.
pub(crate) fn records(data: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let records = data.split(|byte| *byte == RECORD).take(RECORDS_MAX);
    records.map(|record| {
        let mut parts = record.splitn(2, |byte| *byte == UNIT);
        let said = parts.next().unwrap_or_default();
        (said, parts.next().unwrap_or_default())
    })
}
