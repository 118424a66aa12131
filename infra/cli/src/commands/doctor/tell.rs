//! Findings for people: the worst first, each with what to do about it.

use super::code::Code;
use super::finding::{Finding, Level};
use crate::show::{Look, Tone, count, fitted, harmless, harmless_lines, print};
use comfy_table::Cell;

/// Prints a table for each level, and how many findings there are.
pub(super) fn tell(findings: &[Finding], look: Look) {
    for level in [Level::Error, Level::Warning, Level::Note] {
        let of_level: Vec<&Finding> = of(findings, level).collect();
        if !of_level.is_empty() {
            print(table(level, &of_level, look));
        }
    }
    print(summary(findings));
}

fn of(findings: &[Finding], level: Level) -> impl Iterator<Item = &Finding> {
    findings
        .iter()
        .filter(move |finding| finding.level == level)
}

fn table(level: Level, findings: &[&Finding], look: Look) -> String {
    let (title, tone) = match level {
        Level::Error => ("errors", Tone::Bad),
        Level::Warning => ("warnings", Tone::Warn),
        Level::Note => ("notes", Tone::Faint),
    };
    let mut table = look.table([title, "where", "what"]);
    for finding in findings {
        // A mistake in a file is told in lines; names from elsewhere must not look like another finding.
        let shown: fn(&str) -> String = match finding.code {
            Code::ConfigWrong => harmless_lines,
            _ => harmless,
        };
        table.add_row(vec![
            look.cell(tone, finding.code.word()),
            look.cell(Tone::Strong, shown(&finding.place)),
            Cell::new(shown(&finding.what)),
        ]);
        let remedy = format!("do: {}", shown(&finding.remedy));
        table.add_row(vec![Cell::new(""), Cell::new(""), Cell::new(remedy)]);
    }
    fitted(&mut table, &[0])
}

/// `1 error, 2 warnings`; that there is nothing to do where that is so.
fn summary(findings: &[Finding]) -> String {
    let counted = [Level::Error, Level::Warning, Level::Note].map(|level| {
        let number = of(findings, level).count();
        (number > 0).then(|| count(number, level.word()))
    });
    let counted: Vec<String> = counted.into_iter().flatten().collect();
    if counted.is_empty() {
        "nothing to see to".to_owned()
    } else {
        counted.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_elsewhere_makes_no_finding_of_its_own() {
        let name = "Payments\nclock-off\u{1b}[2K";
        let finding = Finding::new(Code::SourceEmpty, "group payments", name);
        let text = table(Level::Warning, &[&finding], Look::plain());
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(text.contains("Payments\\u{a}clock-off\\u{1b}[2K"), "{text}");
    }

    #[test]
    fn every_finding_has_its_remedy_under_it() {
        let findings = [
            Finding::new(Code::ClockFarOff, "this machine", "the clock is off"),
            Finding::new(Code::WebhookOff, "PagerDuty account acme", "PWH01 is off"),
        ];
        let of_level = [&findings[0]];
        let text = table(Level::Error, &of_level, Look::plain());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(lines[0].contains("errors"), "{text}");
        assert!(lines[1].contains("clock-far-off") && lines[1].contains("this machine"));
        assert!(
            lines[2]
                .trim_start()
                .starts_with("do: have this machine's clock set")
        );
        assert_eq!(summary(&findings), "1 error, 1 warning");
        assert_eq!(summary(&[]), "nothing to see to");
    }
}
