//! What is typed about a token.

use actions::{Error, Faults};
use jiff::Timestamp;
use jiff::civil::Date;
use model::access::{DeveloperClient, Role};
use model::id::ProjectId;
use model::net::IpRange;
use site::form::Kind;
use site::{Field, Fields};

use crate::Console;
use crate::choices::Offer;
use crate::me::Me;

/// The fields of a token, new or there already.
pub(super) struct Form {
    pub(super) name: Field,
    pub(super) roles: Vec<Offer>,
    pub(super) role: String,
    pub(super) projects: Field,
    pub(super) allow: Field,
    pub(super) ends: Field,
    pub(super) problem: Option<String>,
}

impl Form {
    /// Those of a new one.
    pub(super) fn empty() -> Self {
        let words = |role: &Role| match role {
            Role::Admin => "admin: everything",
            Role::Publisher => "publisher: everything but members, tokens and the workspace itself",
            Role::Viewer => "viewer: sees, and changes nothing",
            Role::Developer => "developer",
        };
        Self {
            name: Field::new("name", "Name").max(255).help("What it is for, such as the name of a script."),
            roles: Role::ALL.iter().map(|role| (role.to_string(), words(role).to_owned())).collect(),
            role: Role::Publisher.to_string(),
            projects: Field::new("projects", "Projects").kind(Kind::Area(2)).optional().help(
                "Names of the projects that it is restricted to, one a line. Empty: the whole workspace.",
            ),
            allow: Field::new("allow", "Allowed addresses")
                .kind(Kind::Area(2))
                .optional()
                .mono()
                .help("Addresses and ranges such as `10.1.0.0/16`, one a line. Empty: from anywhere."),
            ends: Field::new("ends", "Last day")
                .kind(Kind::Date)
                .optional()
                .help("It stops working when this day is over. Empty: it does not end by itself."),
            problem: None,
        }
    }

    /// Those of one that is there.
    pub(super) fn of(me: &Me, client: &DeveloperClient) -> Self {
        let form = Self::empty();
        let allow = client.rules.allow.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let projects = client.projects.iter().flatten().map(|one| &*one.name).collect::<Vec<_>>().join("\n");
        // It ends at the first moment of the next day.
        let ends = client.expires_at.map(|end| {
            let last = end.checked_sub(jiff::SignedDuration::from_nanos(1)).unwrap_or(end);
            last.to_zoned(me.zone()).date().to_string()
        });
        Self {
            name: form.name.value(&*client.name),
            role: client.role.to_string(),
            projects: form.projects.value(projects),
            allow: form.allow.value(allow),
            ends: form
                .ends
                .help("It stops working when this day is over. It can be moved, and not be taken away.")
                .value(ends.unwrap_or_default()),
            ..form
        }
    }

    /// What was sent, with what is wrong.
    pub(super) fn refill(&mut self, fields: &Fields, error: &Error) {
        self.name.refill(fields, error, "name");
        self.projects.refill(fields, error, "folder_ids");
        self.allow.refill(fields, error, "allow");
        self.ends.refill(fields, error, "expires_at");
        if let Some(role) = Role::ALL.iter().find(|role| role.as_str() == fields.text("role")) {
            self.role = role.to_string();
        }
        match error {
            Error::Invalid(_) => {}
            Error::Conflict { message, .. } => self.name.error = Some(site::sentence(message)),
            error => self.problem = Some(site::sentence(&error.to_string())),
        }
    }
}

/// The addresses in a text, between commas, blanks or lines.
pub(super) fn addresses(text: &str) -> Result<Vec<IpRange>, Error> {
    let entries = text.split(|character: char| character == ',' || character.is_whitespace());
    let ranges = entries.filter(|entry| !entry.is_empty()).map(|entry| {
        let message =
            || format!("has `{entry}`, which is neither an address nor a range such as `10.1.0.0/16`");
        IpRange::parse(entry).map_err(|_| Error::Invalid(Faults::of("allow", message())))
    });
    ranges.collect()
}

/// The projects with the names in a text, one a line; `None` if there is none.
pub(super) async fn projects(
    console: &Console,
    me: &Me,
    text: &str,
) -> Result<Option<Vec<ProjectId>>, Error> {
    let mut projects = Vec::new();
    // One more than a token may have says that these are too many.
    for name in text.lines().map(str::trim).filter(|line| !line.is_empty()).take(actions::TOKEN_PROJECTS + 1)
    {
        let Some(found) = store::projects::by_name(&console.db, me.workspace(), name).await? else {
            let message = format!("has `{name}`, which is the name of no project");
            return Err(Faults::of("folder_ids", message).into());
        };
        projects.push(found.id);
    }
    Ok((!projects.is_empty()).then_some(projects))
}

/// When a token ends whose last day was typed; none if it was left out.
pub(super) fn end(me: &Me, text: &str) -> Result<Option<Timestamp>, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || Error::Invalid(Faults::of("expires_at", "must be a day such as 2027-01-31, or empty"));
    let day: Date = text.parse().map_err(|_| wrong())?;
    let next = day.tomorrow().map_err(|_| wrong())?;
    let end = next.to_zoned(me.zone()).map_err(|_| wrong())?.timestamp();
    if end <= me.now() {
        return Err(Error::Invalid(Faults::of("expires_at", "is in the past; choose a day to come")));
    }
    Ok(Some(end))
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn addresses_stand_between_commas_or_on_lines() {
        assert_eq!(addresses(" 10.0.0.1, 10.1.0.0/16\n\n2001:db8::/32 ").unwrap().len(), 3);
        assert_eq!(addresses("").unwrap().len(), 0);
        assert!(addresses("10.0.0.1 nowhere").unwrap_err().to_string().contains("`nowhere`"));
    }
}
