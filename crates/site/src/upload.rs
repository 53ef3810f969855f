//! Forms with files.

use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::http::StatusCode;

use crate::form::{CSRF, Fields, is_from_here};
use crate::oops::Oops;
use crate::visit::Visit;

/// The most parts of such a form. A page has far fewer.
const PARTS: usize = 200;

/// A file that was chosen.
#[derive(Debug, Clone, Default)]
pub struct UploadedFile {
    /// The field that it was chosen in.
    pub field: String,
    /// Its name, as the browser gives it; without folders.
    pub name: String,
    /// What is in it.
    pub content: Vec<u8>,
}

/// A form with files that was sent from a page of ours; see [`Posted`](crate::Posted). The route limits
/// how large it may be. Its token comes first, so that nothing is read for strangers.
pub struct Uploaded {
    /// The fields that are no files.
    pub fields: Fields,
    /// The files that were chosen; a field that was left alone has none.
    pub files: Vec<UploadedFile>,
}

impl<S: Send + Sync> FromRequest<S> for Uploaded {
    type Rejection = Oops;

    async fn from_request(request: Request, state: &S) -> Result<Self, Oops> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, state).await?;
        if !is_from_here(&parts.headers) {
            return Err(Oops::foreign());
        }
        let form = Multipart::from_request(Request::from_parts(parts, body), state).await;
        let mut form =
            form.map_err(|_| Oops::bad_request("This form came in a format that is not read here."))?;
        let mut fields = Vec::new();
        let mut files = Vec::new();
        let mut is_proven = false;
        while let Some(part) = form.next_field().await.map_err(|error| broken(&error))? {
            if fields.len() + files.len() == PARTS {
                return Err(Oops::too_large());
            }
            let field = part.name().unwrap_or_default().to_owned();
            let file =
                part.file_name().map(|name| name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned());
            if !is_proven {
                let token = part.text().await.map_err(|error| broken(&error))?;
                if field != CSRF || !visit.csrf.is(&token) {
                    return Err(Oops::expired());
                }
                is_proven = true;
                continue;
            }
            match file {
                None => {
                    let text = part.bytes().await.map_err(|error| broken(&error))?;
                    let text = String::from_utf8(text.into());
                    let text = text.map_err(|_| Oops::bad_request("A field of the form is not UTF-8."))?;
                    fields.push((field, text));
                }
                // Browsers send a field without a choice as a file without a name.
                Some(name) if name.is_empty() => {}
                Some(name) => {
                    let content = part.bytes().await.map_err(|error| broken(&error))?.into();
                    files.push(UploadedFile { field, name, content });
                }
            }
        }
        if !is_proven {
            return Err(Oops::expired());
        }
        Ok(Self { fields: Fields::from(fields), files })
    }
}

fn broken(error: &MultipartError) -> Oops {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Oops::too_large(),
        _ => Oops::bad_request("The form broke off before its end. Send it again."),
    }
}

impl Uploaded {
    /// The file that was chosen in a field, if one was.
    pub fn take(&mut self, field: &str) -> Option<UploadedFile> {
        let place = self.files.iter().position(|file| file.field == field)?;
        Some(self.files.swap_remove(place))
    }
}
