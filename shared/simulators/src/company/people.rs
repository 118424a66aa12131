//! Who works at Acme.

/// One person at Acme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// The PagerDuty user id.
    pub id: &'static str,
    /// The full name.
    pub name: &'static str,
    /// The e-mail in PagerDuty.
    pub email: &'static str,
    /// The id of the PagerDuty team.
    pub team: &'static str,
    /// The IANA zone the person lives in.
    pub time_zone: &'static str,
    /// The job title.
    pub title: &'static str,
}

impl Person {
    /// Whether Acme's other systems know this e-mail: all but [`UNMATCHED`].
    #[must_use]
    pub fn is_known_elsewhere(&self) -> bool {
        self.id != UNMATCHED
    }
}

/// The user id of a contractor whom only PagerDuty knows; takes part in the follow-the-sun and
/// the day-and-night rotation.
pub const UNMATCHED: &str = "PBOGDAN";

/// Id, name and region of the teams.
pub(super) const TEAMS: [(&str, &str, &str); 7] = [
    ("PTMPAY1", "Payments", ZURICH),
    ("PTMPLT1", "Platform", UTC),
    ("PTMDAT1", "Data", NEW_YORK),
    ("PTMSEC1", "Security", ZURICH),
    ("PTMMOB1", "Mobile", SYDNEY),
    ("PTMSUP1", "Support", NEW_YORK),
    ("PTMOFC1", "Office of the CTO", NEW_YORK),
];

const UTC: &str = "Etc/UTC";
const ZURICH: &str = "Europe/Zurich";
const NEW_YORK: &str = "America/New_York";
const SINGAPORE: &str = "Asia/Singapore";
const SYDNEY: &str = "Australia/Sydney";

const fn person(
    id: &'static str,
    name: &'static str,
    email: &'static str,
    team: &'static str,
    time_zone: &'static str,
    title: &'static str,
) -> Person {
    Person {
        id,
        name,
        email,
        team,
        time_zone,
        title,
    }
}

/// Everybody, with the e-mails that PagerDuty has.
#[rustfmt::skip]
pub const PEOPLE: [Person; 40] = [
    person("PAMINAK", "Amina Keller", "amina.keller@acme.example", "PTMPAY1", ZURICH, "Payments Lead"),
    person("PLUCABE", "Luca Bernasconi", "luca.bernasconi@acme.example", "PTMPAY1", ZURICH, "Software Engineer"),
    person("PSOFIAL", "Sofia Lindqvist", "sofia.lindqvist@acme.example", "PTMPAY1", ZURICH, "Software Engineer"),
    person("PTOMASZ", "Tomasz Nowak", "tomasz.nowak@acme.example", "PTMPAY1", ZURICH, "Software Engineer"),
    person("PINESCA", "Inês Carvalho", "ines.carvalho@acme.example", "PTMPAY1", ZURICH, "Software Engineer"),
    person("PJONASB", "Jonas Brandt", "jonas.brandt@acme.example", "PTMPAY1", ZURICH, "Software Engineer"),
    person("PTYRONE", "Tyrone Baptiste", "tyrone.baptiste@acme.example", "PTMPAY1", NEW_YORK, "Software Engineer"),
    person("PCAMILA", "Camila Rojas", "camila.rojas@acme.example", "PTMPAY1", NEW_YORK, "Software Engineer"),
    person("PETHANB", "Ethan Brooks", "ethan.brooks@acme.example", "PTMPAY1", NEW_YORK, "Software Engineer"),
    person("PGRACEO", "Grace O'Connor", "grace.oconnor@acme.example", "PTMPAY1", NEW_YORK, "Director of Payments"),
    person("PELIFYI", "Elif Yılmaz", "elif.yilmaz@acme.example", "PTMPLT1", ZURICH, "Platform Lead"),
    person("PMATTEO", "Matteo Ricci", "matteo.ricci@acme.example", "PTMPLT1", ZURICH, "Site Reliability Engineer"),
    person("PANOUKV", "Anouk de Vries", "anouk.devries@acme.example", "PTMPLT1", ZURICH, "Site Reliability Engineer"),
    person("PBOGDAN", "Bogdan Ionescu", "bogdan@ionescu-consulting.example", "PTMPLT1", ZURICH, "Contractor"),
    person("PMARCUS", "Marcus Johnson", "marcus.johnson@acme.example", "PTMPLT1", NEW_YORK, "Site Reliability Engineer"),
    person("PPRIYAR", "Priya Raman", "priya.raman@acme.example", "PTMPLT1", NEW_YORK, "Site Reliability Engineer"),
    person("PDIEGOM", "Diego Morales", "diego.morales@acme.example", "PTMPLT1", NEW_YORK, "Site Reliability Engineer"),
    person("PMEILIN", "Tan Mei Ling", "meiling.tan@acme.example", "PTMPLT1", SINGAPORE, "Site Reliability Engineer"),
    person("PARJUNN", "Arjun Nair", "arjun.nair@acme.example", "PTMPLT1", SINGAPORE, "Site Reliability Engineer"),
    person("PSITIRA", "Siti Rahma", "siti.rahma@acme.example", "PTMPLT1", SINGAPORE, "Database Engineer"),
    person("PKENJIW", "Kenji Watanabe", "kenji.watanabe@acme.example", "PTMPLT1", SYDNEY, "Database Engineer"),
    person("PMINJUN", "Park Min-jun", "minjun.park@acme.example", "PTMPLT1", SYDNEY, "Database Engineer"),
    person("PHANNAH", "Hannah Cohen", "hannah.cohen@acme.example", "PTMDAT1", NEW_YORK, "Data Lead"),
    person("PWEIZHA", "Wei Zhang", "wei.zhang@acme.example", "PTMDAT1", NEW_YORK, "Data Engineer"),
    person("PLATOYA", "Latoya Simmons", "latoya.simmons@acme.example", "PTMDAT1", NEW_YORK, "Data Engineer"),
    person("PNOAHFE", "Noah Feldman", "noah.feldman@acme.example", "PTMDAT1", NEW_YORK, "Data Engineer"),
    person("PROSAJI", "Rosa Jiménez", "rosa.jimenez@acme.example", "PTMDAT1", NEW_YORK, "Data Engineer"),
    person("PFREYAN", "Freya Nilsen", "freya.nilsen@acme.example", "PTMSEC1", ZURICH, "Security Lead"),
    person("PHUGOLE", "Hugo Lefèvre", "hugo.lefevre@acme.example", "PTMSEC1", ZURICH, "Security Engineer"),
    person("PNADIAH", "Nadia Haddad", "nadia.haddad@acme.example", "PTMSEC1", ZURICH, "Security Engineer"),
    person("PRAVIME", "Ravi Menon", "ravi.menon@acme.example", "PTMSEC1", SINGAPORE, "Security Engineer"),
    person("POLIVIA", "Olivia Nguyen", "olivia.nguyen@acme.example", "PTMMOB1", SYDNEY, "Mobile Lead"),
    person("PJACKTH", "Jack Thompson", "jack.thompson@acme.example", "PTMMOB1", SYDNEY, "Mobile Engineer"),
    person("PAROHAW", "Aroha Walker", "aroha.walker@acme.example", "PTMMOB1", SYDNEY, "Mobile Engineer"),
    person("PZOEPAP", "Zoe Papadopoulos", "zoe.papadopoulos@acme.example", "PTMMOB1", SYDNEY, "Mobile Engineer"),
    person("POMARSI", "Omar Siddiqui", "omar.siddiqui@acme.example", "PTMSUP1", NEW_YORK, "Support Lead"),
    person("PTALARE", "Tala Reyes", "tala.reyes@acme.example", "PTMSUP1", NEW_YORK, "Support Engineer"),
    person("PTHANHT", "Tran Van Thanh", "thanh.tran@acme.example", "PTMSUP1", NEW_YORK, "Support Engineer"),
    person("PFARAHA", "Farah Aziz", "farah.aziz@acme.example", "PTMSUP1", NEW_YORK, "Support Engineer"),
    person("PCHLOEM", "Chloe Martin", "chloe.martin@acme.example", "PTMOFC1", NEW_YORK, "Chief of Staff"),
];
