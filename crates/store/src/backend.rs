//! What the gateway proves itself with to backends, in its column: JSON, sealed as a whole.

use model::backend::BackendCredential;
use model::secret::KeyMaterial;
use serde::{Deserialize, Serialize};

use crate::error::{Result, unreadable};
use crate::seal::Seal;

pub(crate) const SEALED: &str = "connections.credential";

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Column {
    Bearer { token: String },
    Basic { user: String, password: String },
    Header { name: String, value: String },
}

/// The column for a credential.
pub(crate) fn write(seal: &Seal, credential: Option<&BackendCredential>) -> Option<String> {
    use BackendCredential as C;
    let clear = |secret: &KeyMaterial| secret.expose().to_owned();
    let column = match credential? {
        C::Bearer { token } => Column::Bearer { token: clear(token) },
        C::Basic { user, password } => Column::Basic { user: user.clone(), password: clear(password) },
        C::Header { name, value } => Column::Header { name: name.clone(), value: clear(value) },
    };
    let json = KeyMaterial::new(serde_json::to_string(&column).expect("texts have a JSON form"));
    Some(seal.close(SEALED, json.expose()))
}

/// The credential in a column.
pub(crate) fn read(seal: &Seal, column: Option<&str>) -> Result<Option<BackendCredential>> {
    use BackendCredential as C;
    let Some(column) = column else { return Ok(None) };
    let json = KeyMaterial::new(seal.open(SEALED, column)?);
    // The cause would show what it could not read.
    let column = serde_json::from_str(json.expose())
        .map_err(|_| unreadable("credential for a backend", "a sealed value"))?;
    Ok(Some(match column {
        Column::Bearer { token } => C::Bearer { token: KeyMaterial::new(token) },
        Column::Basic { user, password } => C::Basic { user, password: KeyMaterial::new(password) },
        Column::Header { name, value } => C::Header { name, value: KeyMaterial::new(value) },
    }))
}
