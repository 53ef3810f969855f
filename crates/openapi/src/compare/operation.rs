//! Operations, and the calls that the API makes itself.

use super::Comparison;
use super::difference::{Direction, Kind, What, Which};
use super::ledger::{News, Source};
use super::side::{Described, Spot, matched};
use crate::fault::excerpt;

/// Who makes a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Maker {
    /// The callers of the API.
    Caller,
    /// The API: a callback or a webhook. Its callers answer.
    Api,
}

impl Maker {
    /// The direction in which a request goes, as callers see it.
    pub(super) fn request(self) -> Direction {
        match self {
            Self::Caller => Direction::Request,
            Self::Api => Direction::Response,
        }
    }

    pub(super) fn response(self) -> Direction {
        match self {
            Self::Caller => Direction::Response,
            Self::Api => Direction::Request,
        }
    }
}

/// A pair of operations that is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) source: Source,
    pub(super) maker: Maker,
}

impl<'d> Comparison<'d> {
    pub(super) fn operations(&mut self) {
        let (old, new) = (self.old.operations(), self.new.operations());
        self.matched(&old, &new, Maker::Caller, None);
        let webhooks = |side: &super::Side<'d>| {
            side.root("webhooks").map(|items| side.calls(&items, "webhook ")).unwrap_or_default()
        };
        let (old, new) = (webhooks(&self.old), webhooks(&self.new));
        self.matched(&old, &new, Maker::Api, None);
    }

    /// Compares lists of operations. Those of a callback belong to the operation that has it.
    fn matched(&mut self, old: &[Described<'d>], new: &[Described<'d>], maker: Maker, owner: Option<Source>) {
        let matched = matched(old, new);
        let what = if maker == Maker::Caller { What::Operation } else { What::Callback };
        let noun = if owner.is_some() { "a callback" } else { "the operation" };
        let single = [(Kind::Removed, Which::Old, &matched.gone), (Kind::Added, Which::New, &matched.come)];
        for (kind, document, operations) in single {
            for operation in operations {
                let source = owner.unwrap_or_else(|| self.number(operation));
                let news = News {
                    kind,
                    what,
                    breaking: kind == Kind::Removed,
                    direction: None,
                    document,
                    pointer: operation.spot.pointer.clone(),
                    source,
                };
                let state = if kind == Kind::Added { "new" } else { "gone" };
                self.ledger.note(news, || format!("{noun} is {state}"));
            }
        }
        for (old, new) in matched.pairs {
            if !self.spend(1) {
                return;
            }
            let source = owner.unwrap_or_else(|| self.number(new));
            self.pair(Pair { source, maker }, old, new);
        }
    }

    fn number(&mut self, operation: &Described<'d>) -> Source {
        let number = u32::try_from(self.operations.len()).unwrap_or(u32::MAX);
        self.operations.push(operation.name.clone());
        Source::Operation(number)
    }

    fn pair(&mut self, pair: Pair, old: &Described<'d>, new: &Described<'d>) {
        self.words_of_operation(pair, &old.spot, &new.spot);
        self.deprecation(pair.source, &old.spot, &new.spot);
        self.operation_id(pair, &old.spot, &new.spot);
        self.parameters(pair, old, new);
        self.bodies(pair, old, new);
        self.responses(pair, &old.spot, &new.spot);
        if pair.maker == Maker::Caller {
            self.security(pair, &old.spot, &new.spot);
            self.callbacks(pair, &old.spot, &new.spot);
        }
    }

    fn words_of_operation(&mut self, pair: Pair, old: &Spot<'d>, new: &Spot<'d>) {
        self.note_words(pair.source, old, new, &["summary", "description", "tags", "externalDocs"]);
    }

    pub(super) fn deprecation(&mut self, source: Source, old: &Spot<'d>, new: &Spot<'d>) {
        let (was, is) = (old.is("deprecated"), new.is("deprecated"));
        if was != is {
            let spot = if is { new } else { old };
            let news = News {
                kind: Kind::Changed,
                what: What::Deprecation,
                breaking: false,
                direction: None,
                document: if is { Which::New } else { Which::Old },
                pointer: format!("{}/deprecated", spot.pointer),
                source,
            };
            self.note(news, &spot.pointer.clone(), || {
                if is { "is deprecated" } else { "is no longer deprecated" }.to_owned()
            });
        }
    }

    /// Generated clients call their functions after it; calls do not change.
    fn operation_id(&mut self, pair: Pair, old: &Spot<'d>, new: &Spot<'d>) {
        let (before, after) = (old.text("operationId"), new.text("operationId"));
        if let (Some(before), Some(after)) = (before, after)
            && before != after
        {
            let news = News {
                kind: Kind::Changed,
                what: What::OperationId,
                breaking: false,
                direction: None,
                document: Which::New,
                pointer: format!("{}/operationId", new.pointer),
                source: pair.source,
            };
            self.ledger.note(news, || {
                format!("the id of the operation is `{}` instead of `{}`", excerpt(after), excerpt(before))
            });
        }
    }

    fn callbacks(&mut self, pair: Pair, old: &Spot<'d>, new: &Spot<'d>) {
        let callbacks = |side: &super::Side<'d>, operation: &Spot<'d>| -> Vec<Described<'d>> {
            let named = operation.get("callbacks");
            let items = named.iter().flat_map(Spot::fields).map(|(name, spot)| (name, side.resolved(spot)));
            items.flat_map(|(name, items)| side.calls(&items, &format!("{name} "))).collect()
        };
        let (old, new) = (callbacks(&self.old, old), callbacks(&self.new, new));
        if !old.is_empty() || !new.is_empty() {
            self.matched(&old, &new, Maker::Api, Some(pair.source));
        }
    }
}
