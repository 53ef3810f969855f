//! What every page shares: the frame around it, forms and their protection, components, Markdown,
//! error pages, and the style sheet and script that they are shown with.
//!
//! A page is a struct with a template beside its handler; its first field is the [`Frame`]. Its
//! template extends `site/layout.html` and takes its pieces from `site/components.html`.

pub mod addresses;
pub mod assets;
pub mod brand;
pub mod cookies;
mod csrf;
mod flash;
pub mod form;
mod frame;
pub mod gallery;
mod key_deed;
pub mod markdown;
mod oops;
mod page;
mod pager;
pub mod request;
pub mod sign_in;
pub mod text;
mod upload;
mod visit;
mod when;

pub use csrf::Csrf;
pub use flash::{Flash, Tone};
pub use form::{Choice, Field, Fields, Posted};
pub use frame::{Frame, Link, Logo, Person, Search};
pub use key_deed::KeyDeed;
pub use oops::{Oops, dressed, sentence};
pub use page::{Csp, Page, see};
pub use pager::Pager;
pub use upload::{Uploaded, UploadedFile};
pub use visit::{Settings, Theme, Visit, own_path, routes, visited};
pub use when::When;
