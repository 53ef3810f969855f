//! The page that asks before something stops working; with script it opens as a dialog.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use site::{Field, Fields, Frame, Oops, Page};

use crate::Console;
use crate::me::{Me, Side};

/// What is asked, and what the button does.
pub(crate) struct Question {
    /// What is to be done, as a question.
    pub(crate) title: String,
    /// What will stop working.
    pub(crate) about: String,
    /// Where the answer goes.
    pub(crate) action: String,
    /// Where one came from.
    pub(crate) back: String,
    /// What the button says: a verb and its object.
    pub(crate) button: &'static str,
    /// What must be typed to confirm; nothing for what can be taken back.
    pub(crate) typed: Option<String>,
    /// What is chosen along with it: pairs of value and label, sent as `grace`.
    pub(crate) grace: &'static [(&'static str, &'static str)],
}

#[derive(Template)]
#[template(path = "admin/question.html")]
struct Ask {
    frame: Frame,
    side: Side,
    question: Question,
    typed: Option<Field>,
}

impl Question {
    /// Asks. `section` is where in the navigation one is.
    pub(crate) async fn ask(self, console: &Console, me: &Me, section: &str) -> Result<Response, Oops> {
        Ok(self.page(console, me, section, None).await?.into_response())
    }

    /// Asks again, with the reason why it was not done.
    pub(crate) async fn ask_again(
        self,
        console: &Console,
        me: &Me,
        section: &str,
        error: String,
    ) -> Result<Response, Oops> {
        Ok(self.page(console, me, section, Some(error)).await?.unprocessable().into_response())
    }

    /// Whether it was answered with what must be typed; else the page that asks again.
    pub(crate) async fn confirmed(
        self,
        console: &Console,
        me: &Me,
        section: &str,
        fields: &Fields,
    ) -> Result<Result<(), Response>, Oops> {
        match &self.typed {
            Some(typed) if fields.text("typed").trim() != typed.trim() => {
                let error = format!("This is not it. Type `{}`.", typed.trim());
                Ok(Err(self.ask_again(console, me, section, error).await?))
            }
            _ => Ok(Ok(())),
        }
    }

    async fn page(
        self,
        console: &Console,
        me: &Me,
        section: &str,
        error: Option<String>,
    ) -> Result<Page<Ask>, Oops> {
        let (frame, side) = me.around(console, section).await?;
        let typed = self.typed.as_ref().map(|typed| {
            let field = Field::new("typed", "Type the name to confirm").help(format!("`{}`", typed.trim()));
            Field { error, ..field }
        });
        Ok(Page::new(Ask { frame, side, question: self, typed }))
    }
}
