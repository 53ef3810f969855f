//! The shape of a difference between two documents, as data.

use serde::Serialize;

/// The most changes of one [`Group`] that a [`Difference`] lists; the others are counted. Nobody
/// reads more, and a difference must not outgrow the documents.
pub const LISTED_CHANGES: usize = 200;

/// The most operations that a [`Change`] names; the others are counted.
pub const LISTED_OPERATIONS: usize = 20;

/// What is different between an old and a new document, as those who call the API feel it.
///
/// Its JSON has stable names; its text ([`Display`](std::fmt::Display)) is a changelog in Markdown
/// that reads well in a terminal too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// How many changes there are of each group, those included that are not listed.
    pub counts: Counts,
    /// The changes: group by group in the order of [`Group`], and within a group as the documents
    /// order them; at most [`LISTED_CHANGES`] of each.
    pub changes: Vec<Change>,
    /// Whether everything was compared. False only for documents that are so entangled that
    /// looking at all of it would take too long.
    pub is_complete: bool,
}

/// How many changes there are, by [`Group`]: each change counts once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// What can break callers.
    pub breaking: usize,
    /// What is there now and was not.
    pub added: usize,
    /// What is gone without harm.
    pub removed: usize,
    /// What is otherwise than it was.
    pub changed: usize,
    /// What only readers notice.
    pub documentation: usize,
}

/// One thing that is otherwise than it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What happened to it.
    pub kind: Kind,
    /// What it is.
    pub what: What,
    /// Whether a call that worked can fail, or its answer surprise the caller.
    pub breaking: bool,
    /// Whether callers send it or receive it, where that decides whether it breaks them.
    pub direction: Option<Direction>,
    /// The document in which `pointer` leads to it: the new one, unless it is only in the old one.
    pub document: Which,
    /// JSON pointer to it. What several operations share is reported once, where it stands.
    pub pointer: String,
    /// The operations in which callers meet it, at most [`LISTED_OPERATIONS`]; none if it belongs
    /// to the document as a whole.
    pub operations: Vec<OperationName>,
    /// How many more operations there are.
    pub more_operations: usize,
    /// What changed in one sentence, which names neither the operations nor ends in a full stop.
    pub text: String,
}

/// A method and a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct OperationName {
    /// In upper case, unless it is a method of the document's own.
    pub method: String,
    /// As the new document writes it; as the old one does if the operation is gone.
    pub path: String,
}

/// How changes are sorted for readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Breaking, whatever happened.
    Breaking,
    /// Added, and breaking nobody.
    Added,
    /// Removed, and breaking nobody.
    Removed,
    /// Changed, and breaking nobody.
    Changed,
    /// Of interest to readers only.
    Documentation,
}

/// What happened to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It was not there.
    Added,
    /// It is no longer there.
    Removed,
    /// It is otherwise than it was.
    Changed,
    /// Words about it changed, or examples of it.
    Documentation,
}

/// Who sends something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Callers do. It breaks them when less is accepted than before.
    Request,
    /// The API does. It breaks callers when more can come than before, or less is promised.
    Response,
}

/// One of the two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// The former one.
    Old,
    /// The later one.
    New,
}

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// An operation is there or gone.
    Operation,
    /// An operation, a parameter or a property is deprecated or no longer so.
    Deprecation,
    /// The id of an operation.
    OperationId,
    /// A path parameter has another name; the path stays the same.
    PathParameterName,
    /// A parameter is there or gone.
    Parameter,
    /// Whether a parameter must be sent.
    ParameterRequired,
    /// How a parameter is written in a URL or header.
    ParameterStyle,
    /// An operation takes a body or no longer does.
    RequestBody,
    /// Whether a body must be sent.
    RequestBodyRequired,
    /// A media type in which a body can be sent.
    RequestMediaType,
    /// An answer with a status.
    Response,
    /// A media type in which an answer comes.
    ResponseMediaType,
    /// A header of an answer is there or gone.
    ResponseHeader,
    /// Whether an answer always has a header.
    ResponseHeaderRequired,
    /// A property of an object is there or gone.
    Property,
    /// Whether a property must be there.
    PropertyRequired,
    /// Whether an object may have properties that are not listed.
    AdditionalProperties,
    /// The type of a value.
    Type,
    /// The format of a value.
    Format,
    /// The values that there can be.
    Enum,
    /// A bound of a number, a length or a count.
    Bound,
    /// Any other rule for a value.
    Constraint,
    /// What counts when nothing is sent.
    Default,
    /// One of several schemas that a value can follow.
    Alternative,
    /// The property that tells alternatives apart.
    Discriminator,
    /// A reference that leads out of the document, or nowhere.
    Reference,
    /// What callers must prove.
    Security,
    /// Where the document says that the API is.
    Servers,
    /// A call that the API makes to its callers: a callback or a webhook.
    Callback,
    /// A name, a summary, a description, tags or examples.
    Description,
}

impl Change {
    /// The group under which readers find it.
    pub fn group(&self) -> Group {
        match self.kind {
            _ if self.breaking => Group::Breaking,
            Kind::Added => Group::Added,
            Kind::Removed => Group::Removed,
            Kind::Changed => Group::Changed,
            Kind::Documentation => Group::Documentation,
        }
    }
}

impl Group {
    /// All of them, in the order in which readers want to see them.
    pub const ALL: [Self; 5] =
        [Self::Breaking, Self::Added, Self::Removed, Self::Changed, Self::Documentation];

    /// As a heading.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Breaking => "Breaking",
            Self::Added => "Added",
            Self::Removed => "Removed",
            Self::Changed => "Changed",
            Self::Documentation => "Documentation",
        }
    }
}

impl Counts {
    /// How many changes of a group there are.
    pub fn of(&self, group: Group) -> usize {
        match group {
            Group::Breaking => self.breaking,
            Group::Added => self.added,
            Group::Removed => self.removed,
            Group::Changed => self.changed,
            Group::Documentation => self.documentation,
        }
    }

    pub(super) fn count(&mut self, group: Group) {
        *match group {
            Group::Breaking => &mut self.breaking,
            Group::Added => &mut self.added,
            Group::Removed => &mut self.removed,
            Group::Changed => &mut self.changed,
            Group::Documentation => &mut self.documentation,
        } += 1;
    }
}

impl Difference {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.counts == Counts::default()
    }

    /// Whether anything can break callers.
    pub fn is_breaking(&self) -> bool {
        self.counts.breaking > 0
    }

    /// The listed changes of a group.
    pub fn of(&self, group: Group) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.group() == group)
    }
}
