//! What is typed about a developer, to be invited or there already.

use actions::Error;
use model::id::ClientId;
use model::people::PortalUser;
use site::form::Kind;
use site::{Choice, Field, Fields, Oops};

use super::people;
use crate::Console;
use crate::me::Me;

/// The fields of a developer.
pub(super) struct Typed {
    pub(super) email: Field,
    pub(super) name: Field,
    pub(super) clients: Choice,
    pub(super) problem: Option<String>,
}

impl Typed {
    /// Those of `user`, or of one to come. `help` says what becomes of the address.
    pub(super) async fn new(
        console: &Console,
        me: &Me,
        help: &str,
        user: Option<&PortalUser>,
    ) -> Result<Self, Oops> {
        let clients = Choice::new("client", "Clients that they act for")
            .optional()
            .help("They manage the keys of these clients and ask for APIs for them. Without one they can look around only.");
        let email = Field::new("email", "Email").kind(Kind::Email).max(254).help(help);
        let name = Field::new("name", "Name").optional().max(255);
        Ok(Self {
            email: email.value(user.map_or("", |user| &user.email)),
            name: name.value(user.map_or("", |user| &user.name)),
            clients: people::clients(console, me, clients, user.map_or(&[], |user| &user.clients)).await?,
            problem: None,
        })
    }

    /// What was sent, with what is wrong.
    pub(super) fn refill(&mut self, fields: &Fields, error: &Error) {
        self.email.refill(fields, error, "email");
        self.name.refill(fields, error, "name");
        self.clients.refill(fields, error, "api_client_ids");
        match error {
            Error::Invalid(_) | Error::Unknown(_) => {}
            Error::Conflict { message, .. } => self.email.error = Some(site::sentence(message)),
            error => self.problem = Some(site::sentence(&error.to_string())),
        }
    }
}

/// The clients that were chosen.
pub(super) fn clients(fields: &Fields) -> Vec<ClientId> {
    fields.all("client").filter_map(|id| id.parse().ok()).collect()
}
