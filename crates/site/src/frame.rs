//! What surrounds a page: whose site it is, where one can go, who is signed in.

use crate::assets;
use crate::brand::Brand;
use crate::visit::Visit;

/// A way somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it is called.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Whether one is there.
    pub is_current: bool,
}

impl Link {
    /// A way to somewhere else.
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into(), is_current: false }
    }

    /// The same, where one is if `is_current`.
    pub fn marked(self, is_current: bool) -> Self {
        Self { is_current, ..self }
    }
}

/// A picture in the bar instead of the first letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// Where it is.
    pub src: String,
    /// Where it is at twice the size, if there is one.
    pub src_2x: Option<String>,
}

/// Whoever is signed in, and the menu under their name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What they are called.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Whom they act for, if that is to be said.
    pub acts_for: Option<String>,
    /// Where the menu leads.
    pub menu: Vec<Link>,
    /// Where the form that signs them out goes.
    pub sign_out: String,
}

impl Person {
    /// One or two letters in place of a picture.
    pub fn initials(&self) -> String {
        let name = if self.name.trim().is_empty() { &self.email } else { &self.name };
        let words =
            name.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
        words.take(2).filter_map(|word| word.chars().next()).flat_map(char::to_uppercase).collect()
    }
}

/// The field in the bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// Where it leads.
    pub action: String,
    /// What is searched, for those who do not see it.
    pub label: String,
    /// What was searched for.
    pub value: String,
}

/// What surrounds a page.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Whose site it is.
    pub site_name: String,
    /// Where its name leads.
    pub home: String,
    /// Its picture.
    pub logo: Option<Logo>,
    /// Where its picture in the tabs of browsers is; without one it is drawn in the colour.
    pub favicon: Option<String>,
    /// Its colour.
    pub brand: Brand,
    /// The ways in the bar.
    pub nav: Vec<Link>,
    /// The field in the bar.
    pub search: Option<Search>,
    /// Whoever is signed in.
    pub person: Option<Person>,
    /// The ways at the foot.
    pub foot: Vec<Link>,
    /// What the request brought: messages, theme, the token of forms.
    pub visit: Visit,
}

impl Frame {
    /// A frame with nothing but a name.
    pub fn new(site_name: impl Into<String>, brand: Brand, visit: Visit) -> Self {
        Self {
            site_name: site_name.into(),
            home: "/".to_owned(),
            logo: None,
            favicon: None,
            brand,
            nav: Vec::new(),
            search: None,
            person: None,
            foot: Vec::new(),
            visit,
        }
    }

    /// Where the style sheet is.
    pub fn style(&self) -> String {
        assets::style_url()
    }

    /// Where the script is.
    pub fn script(&self) -> String {
        assets::script_url()
    }

    /// Where the style sheet of its colour is.
    pub fn brand_style(&self) -> String {
        assets::brand_url(self.brand)
    }

    /// Where its icon is: its own, or one in its colour.
    pub fn icon(&self) -> String {
        self.favicon.clone().unwrap_or_else(|| assets::icon_url(self.brand))
    }

    /// The letter in place of a picture.
    pub fn sign(&self) -> String {
        self.site_name
            .chars()
            .find(|character| character.is_alphanumeric())
            .unwrap_or('P')
            .to_uppercase()
            .collect()
    }
}
