//! A document as a form gives it: a file, a text, or where it can be fetched.

use actions::{Error, Source, Text};
use site::form::Kind;
use site::{Field, Oops, Uploaded};

use crate::Console;
use crate::me::Me;

/// The most bytes of a text that is shown again when something is wrong with it.
const SHOWN_BYTES: usize = 64 << 10;

/// The three fields; one of them is filled in.
pub(super) struct Fields {
    pub(super) file: Field,
    pub(super) document: Field,
    pub(super) url: Field,
}

impl Fields {
    /// Empty ones.
    pub(super) fn new() -> Self {
        Self {
            file: Field::new("file", "File")
                .optional()
                .help("JSON, YAML, or a zip archive if there are several files. At most 32 MB."),
            document: Field::new("document", "Or paste the document").optional().mono().kind(Kind::Area(10)),
            url: Field::new("url", "Or its address").optional().mono().kind(Kind::Url).max(2_048).help(
                "It is fetched once, from a public address such as `https://example.com/openapi.yaml`.",
            ),
        }
    }
}

/// What was given, or the fields with what is wrong.
pub(super) async fn read(
    console: &Console,
    me: &Me,
    form: &mut Uploaded,
) -> Result<(Source, Given), Box<(Fields, Error)>> {
    let given = Given::of(form);
    let file = form.take("file");
    let fail = |given: &Given, form: &Uploaded, error: Error| Box::new((given.faulted(form, &error), error));
    let source = match given {
        Given::File => {
            let file = file.unwrap_or_default();
            let name = Some(file.name).filter(|name| openapi::Format::of_file(name).is_some());
            Source::of_bytes(name, file.content)
                .map_err(|fault| actions::Faults::of("document", fault).into())
        }
        Given::Text => {
            let content = form.fields.text("document").to_owned();
            Ok(Source::Text(Text { content, format: None, name: None }))
        }
        Given::Address => console.actions.fetch_document(&me.actor(), form.fields.text("url")).await,
        Given::Nothing => {
            let message =
                "or one of the other two is required: choose a file, paste a document, or give its address";
            Err(actions::Faults::of("document", message).into())
        }
        Given::Several => {
            let message = "and another of the three are filled in; leave only one";
            Err(actions::Faults::of("document", message).into())
        }
    };
    match source {
        Ok(source) => Ok((source, given)),
        Err(error) => Err(fail(&given, form, error)),
    }
}

/// Which of the three was filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
    File,
    Text,
    Address,
    Nothing,
    Several,
}

impl Given {
    fn of(form: &Uploaded) -> Self {
        let is_filled = |name: &str| !form.fields.text(name).trim().is_empty();
        let has_file = form.files.iter().any(|file| file.field == "file");
        match (has_file, is_filled("document"), is_filled("url")) {
            (true, false, false) => Self::File,
            (false, true, false) => Self::Text,
            (false, false, true) => Self::Address,
            (false, false, false) => Self::Nothing,
            _ => Self::Several,
        }
    }

    /// The fields as they were filled in, with what is wrong beside the one that it is about.
    pub(super) fn faulted(self, form: &Uploaded, error: &Error) -> Fields {
        let Fields { mut file, mut document, mut url } = Fields::new();
        url = url.given(&form.fields);
        if form.fields.text("document").len() <= SHOWN_BYTES {
            document = document.given(&form.fields);
        }
        let told = |label: &str| match error {
            Error::Invalid(faults) => {
                let messages = faults.iter().map(|(_, message)| message).collect::<Vec<_>>().join("; ");
                match messages.strip_prefix("cannot be read: ") {
                    Some(fault) => site::sentence(fault),
                    None => format!("{label} {messages}."),
                }
            }
            error => site::sentence(&error.to_string()),
        };
        match self {
            Self::File | Self::Nothing | Self::Several => file = file.error(told("The file")),
            Self::Text => document = document.error(told("The document")),
            Self::Address => url = url.error(told("The document")),
        }
        Fields { file, document, url }
    }
}

/// Errors that stand beside a field; others are pages of their own.
pub(super) fn beside(error: Error) -> Result<(), Oops> {
    match error {
        Error::Invalid(_) | Error::Refused(_) => Ok(()),
        error => Err(error.into()),
    }
}
