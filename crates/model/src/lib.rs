//! The nouns of Portico and their rules. No I/O, no async, no SQL, no HTTP.

pub mod access;
pub mod audit;
pub mod authorities;
pub mod change;
pub mod client;
pub mod collection;
pub mod document;
pub mod endpoint;
pub mod environment;
pub mod id;
pub mod net;
pub mod page;
pub mod path;
pub mod policy;
pub mod portal;
pub mod rsa;
pub mod secret;
pub mod workspace;

pub use access::{DeveloperClient, Privilege, Role};
pub use authorities::Authorities;
pub use change::{Change, ChangeKind};
pub use client::{ApiKey, AuthType, Client, JwtRules};
pub use collection::{Collection, CollectionKind, Version};
pub use document::{DocumentFile, DocumentFormat, KeptDocument};
pub use endpoint::{BaseUrl, Connection, Endpoint, Forwarding, Method, Recipe, RecipeKind};
pub use environment::{Clock, Environment, Random};
pub use id::*;
pub use net::{IpRange, IpRules, PackedIpRules};
pub use page::{Page, Paged};
pub use path::{CanonicalPath, PathTemplate};
pub use policy::Policy;
pub use portal::Portal;
pub use secret::{Digest, Secret, SecretKind};
pub use workspace::{Folder, Project, Workspace};
