//! What came of trying a connection, in words.

use model::probe::Probed;

/// What came of it.
pub(super) struct Tried {
    pub(super) tone: &'static str,
    pub(super) picture: &'static str,
    /// How far it got, in a sentence.
    pub(super) text: String,
    /// What was asked for, where it went, how long it took.
    pub(super) facts: Vec<(&'static str, String)>,
}

impl Tried {
    pub(super) fn of(probed: Probed) -> Self {
        let Probed { url, addresses, connected, is_verified, status, duration_ms, fault } = probed;
        let (tone, picture, text) = match (fault, status) {
            (Some(fault), _) => ("bad", "alert", site::sentence(&fault)),
            (None, Some(status)) => ("good", "check", format!("The backend answers, with status {status}.")),
            (None, None) => ("info", "info", "The backend was reached.".to_owned()),
        };
        let listed = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let certificate = is_verified.map(|good| if good { "good" } else { "not trusted" }.to_owned());
        let facts = [
            ("Asked for", Some(url)),
            ("Addresses", Some(listed).filter(|listed| !listed.is_empty())),
            ("Connected to", connected.map(|address| address.to_string())),
            ("Certificate", certificate),
            ("Took", Some(format!("{duration_ms} ms"))),
        ];
        let facts = facts.into_iter().filter_map(|(label, value)| Some((label, value?)));
        Self { tone, picture, text, facts: facts.collect() }
    }
}
