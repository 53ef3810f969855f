//! What a mail looks like: one sentence of context, one button, the bare link under it, and who
//! sent it and why. No tracking, no pictures but the logo.

use askama::Template;
use model::mail::MailText;

/// What a letter says, before it gets its looks.
pub(crate) struct Letter<'a> {
    /// Its subject line.
    pub(crate) subject: String,
    /// What it is about, in one sentence.
    pub(crate) sentence: String,
    /// What there is to do.
    pub(crate) button: Option<Button<'a>>,
    /// What else is to be known, such as how long the link works.
    pub(crate) note: Option<String>,
    /// Who sent it, and why to this address.
    pub(crate) why: String,
}

/// What there is to do, and where.
#[derive(Clone, Copy)]
pub(crate) struct Button<'a> {
    /// What the button says.
    pub(crate) verb: &'a str,
    /// Where it leads.
    pub(crate) link: &'a str,
}

/// In whose looks a letter is written.
pub(crate) struct Brand<'a> {
    name: &'a str,
    color: &'a str,
    text_color: &'static str,
    /// The digest of its picture, in hex. The picture goes along with the mail: then nobody is told when it
    /// is read, and it is seen where the portal cannot be reached.
    logo: Option<String>,
}

impl<'a> Brand<'a> {
    pub(crate) fn new(name: &'a str, color: &'a str) -> Self {
        Self { name, color, text_color: readable_on(color), logo: None }
    }

    /// With the picture that has this digest, in hex.
    pub(crate) fn logo(self, logo: Option<String>) -> Self {
        Self { logo, ..self }
    }
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Plain<'a> {
    greeting: &'a str,
    sentence: &'a str,
    button: Option<Button<'a>>,
    note: Option<&'a str>,
    why: &'a str,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    subject: &'a str,
    brand: &'a Brand<'a>,
    greeting: &'a str,
    sentence: &'a str,
    button: Option<Button<'a>>,
    note: Option<&'a str>,
    why: &'a str,
}

/// How every letter begins.
const GREETING: &str = "Hello,";

impl Letter<'_> {
    /// The letter as text and as HTML.
    pub(crate) fn render(&self, brand: &Brand<'_>) -> askama::Result<MailText> {
        let (sentence, note, why) = (&self.sentence, self.note.as_deref(), &self.why);
        let plain = Plain { greeting: GREETING, sentence, button: self.button, note, why };
        let html = Html {
            subject: &self.subject,
            brand,
            greeting: GREETING,
            sentence,
            button: self.button,
            note,
            why,
        };
        Ok(MailText {
            text: plain.render()?,
            html: html.render()?,
            link: self.button.map(|button| button.link.to_owned()),
            logo: brand.logo.clone(),
        })
    }
}

/// Black or white, whichever has more contrast with `#rrggbb` (WCAG 2.2, relative luminance). One of
/// them always has 4.5:1.
fn readable_on(color: &str) -> &'static str {
    let channel = |at: usize| -> f64 {
        let digits = color.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let value = f64::from(digits.unwrap_or(0)) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    let luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
    // Where the contrast with black, (l + 0.05) / 0.05, and that with white, 1.05 / (l + 0.05), meet.
    if luminance > 0.179 { "#000000" } else { "#ffffff" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter<'static> {
        Letter {
            subject: "Sign in to <Shop>".to_owned(),
            sentence: "Here is your link to sign in to <Shop> & more.".to_owned(),
            button: Some(Button { verb: "Sign in", link: "https://shop.example.test/sign-in/link/ab12" }),
            note: Some("It works once, for 15 minutes.".to_owned()),
            why: "Somebody entered this address on the sign-in page of <Shop>.".to_owned(),
        }
    }

    #[test]
    fn both_forms_say_the_same_and_markup_is_text() {
        let text = letter().render(&Brand::new("<Shop>", "#371093")).unwrap();
        assert_eq!(
            text.text,
            "Hello,\n\nHere is your link to sign in to <Shop> & more.\n\nSign in:\n\
             https://shop.example.test/sign-in/link/ab12\n\nIt works once, for 15 minutes.\n\n-- \n\
             Somebody entered this address on the sign-in page of <Shop>."
        );
        assert!(!text.html.contains("<Shop>"), "{}", text.html);
        assert!(text.html.contains("background:#371093;color:#ffffff"));
        // The button and the bare link under it.
        assert_eq!(text.html.matches("href=\"https://shop.example.test/sign-in/link/ab12\"").count(), 2);
        assert!(!text.html.contains("<img"));
        assert_eq!(text.link.as_deref(), Some("https://shop.example.test/sign-in/link/ab12"));
        assert_eq!(format!("{text:?}"), "MailText(…)");
    }

    #[test]
    fn a_picture_goes_along_and_is_fetched_from_nowhere() {
        let brand = Brand { logo: Some("ab12".to_owned()), ..Brand::new("<Shop>", "#371093") };
        let text = letter().render(&brand).unwrap();
        assert!(text.html.contains("<img src=\"cid:logo\" alt=\"&#60;Shop&#62;\""), "{}", text.html);
        assert_eq!(text.logo.as_deref(), Some("ab12"));
        assert_eq!(text.html.matches("src=").count(), 1);
    }

    #[test]
    fn a_letter_without_a_button_has_no_link() {
        let letter = Letter { button: None, note: None, ..letter() };
        let text = letter.render(&Brand::new("Shop", "#ffffff")).unwrap();
        assert!(!text.html.contains("href"));
        assert_eq!(text.link, None);
        assert!(text.text.contains("more.\n\n-- \nSomebody"), "{}", text.text);
    }

    #[test]
    fn what_stands_on_a_colour_can_be_read() {
        assert_eq!(readable_on("#ffffff"), "#000000");
        assert_eq!(readable_on("#000000"), "#ffffff");
        assert_eq!(readable_on("#371093"), "#ffffff");
        assert_eq!(readable_on("#ffd400"), "#000000");
    }
}
