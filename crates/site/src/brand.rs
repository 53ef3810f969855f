//! A portal's colour, made fit to be read: darkened on light ground and lightened on dark ground
//! until it stands out.

/// The least contrast of text and its ground (WCAG 2.2, success criterion 1.4.3).
const CONTRAST: f64 = 4.5;

/// The grounds that the accent stands on, as in `styles/base.css`: of both schemes the one that is
/// nearer to the accent.
const LIGHT_GROUND: Rgb = Rgb([0xf6, 0xf7, 0xf9]);
const DARK_GROUND: Rgb = Rgb([0x19, 0x1c, 0x21]);

const BLACK: Rgb = Rgb([0; 3]);
const WHITE: Rgb = Rgb([0xff; 3]);

/// How much of black or white is mixed in at a time.
const STEPS: u8 = 50;

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(pub [u8; 3]);

impl Rgb {
    /// Relative luminance, as WCAG defines it.
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let channel = f64::from(channel) / 255.0;
            if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// From 1, the same, to 21, black and white.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// With so many [`STEPS`] of another colour.
    fn mixed(self, other: Self, steps: u8) -> Self {
        let mut mixed = self.0;
        for (channel, other) in mixed.iter_mut().zip(other.0) {
            let sum = u16::from(*channel) * u16::from(STEPS - steps) + u16::from(other) * u16::from(steps);
            *channel = u8::try_from(sum / u16::from(STEPS)).unwrap_or(u8::MAX);
        }
        Self(mixed)
    }

    /// The nearest to it, on the way to `end`, that can be read on this ground.
    fn legible(self, ground: Self, end: Self) -> Self {
        (0..=STEPS)
            .map(|steps| self.mixed(end, steps))
            .find(|color| color.contrast(ground) >= CONTRAST)
            .unwrap_or(end)
    }

    fn hex(self) -> String {
        hex::encode(self.0)
    }
}

/// A brand colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brand(Rgb);

/// How well a brand colour can be read on one ground, and as what it is shown there.
#[derive(Debug, Clone, PartialEq)]
pub struct Legibility {
    /// The colour as it is shown: `#` and six hex digits.
    pub color: String,
    /// The contrast that it has so.
    pub contrast: f64,
    /// The contrast that it would have as it was chosen.
    pub own_contrast: f64,
    /// Whether it is another one than was chosen.
    pub is_changed: bool,
}

impl Brand {
    /// Reads six hex digits, with or without `#`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut channels = [0; 3];
        hex::decode_to_slice(text.strip_prefix('#').unwrap_or(text), &mut channels).ok()?;
        Some(Self(Rgb(channels)))
    }

    /// The colour of a portal, else the one of portals that have chosen none.
    pub fn of(text: &str) -> Self {
        Self::parse(text).or_else(|| Self::parse(model::portal::DEFAULT_BRAND_COLOR)).unwrap_or(Self(BLACK))
    }

    /// Six lowercase hex digits.
    pub fn hex(self) -> String {
        self.0.hex()
    }

    /// As accent on light and on dark ground.
    pub fn accents(self) -> [Rgb; 2] {
        [self.0.legible(LIGHT_GROUND, BLACK), self.0.legible(DARK_GROUND, WHITE)]
    }

    pub(crate) fn style(self) -> String {
        let [light, dark] = self.accents().map(Rgb::hex);
        format!(":root{{--accent:light-dark(#{light},#{dark})}}")
    }

    pub(crate) fn swatch(self) -> String {
        let [light, dark] = self.accents().map(Rgb::hex);
        format!(".swatch{{--accent:light-dark(#{light},#{dark})}}")
    }

    /// What becomes of it on light and on dark ground.
    pub fn legibility(self) -> [Legibility; 2] {
        let [light, dark] = self.accents();
        [(light, LIGHT_GROUND), (dark, DARK_GROUND)].map(|(accent, ground)| Legibility {
            color: format!("#{}", accent.hex()),
            contrast: accent.contrast(ground),
            own_contrast: self.0.contrast(ground),
            is_changed: accent != self.0,
        })
    }

    /// A square in the colour, with a door in it.
    pub(crate) fn icon(self) -> String {
        let [light, _] = self.accents().map(Rgb::hex);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\">\
             <rect width=\"32\" height=\"32\" rx=\"7\" fill=\"#{light}\"/>\
             <path d=\"M9 25V13a7 7 0 0 1 14 0v12M16 25v-8\" fill=\"none\" stroke=\"#fff\" \
             stroke-width=\"3\" stroke-linecap=\"round\"/></svg>"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_can_be_read_in_both_schemes() {
        let channel = [0, 17, 64, 128, 200, 255];
        for red in channel {
            for green in channel {
                for blue in channel {
                    let [light, dark] = Brand(Rgb([red, green, blue])).accents();
                    assert!(light.contrast(LIGHT_GROUND) >= CONTRAST && light.contrast(WHITE) >= CONTRAST);
                    assert!(dark.contrast(DARK_GROUND) >= CONTRAST && dark.contrast(BLACK) >= CONTRAST);
                }
            }
        }
    }

    #[test]
    fn a_colour_that_can_be_read_stays() {
        let brand = Brand::of("#371093");
        assert_eq!(brand.accents()[0], Rgb([0x37, 0x10, 0x93]));
        assert_ne!(brand.accents()[1], brand.accents()[0]);
    }

    #[test]
    fn it_is_told_what_becomes_of_a_colour() {
        let [light, dark] = Brand::of("#371093").legibility();
        assert_eq!((light.color.as_str(), light.is_changed), ("#371093", false));
        assert!(dark.is_changed && dark.own_contrast < CONTRAST && dark.contrast >= CONTRAST);
        assert_eq!(Brand::of("#371093").swatch().split('{').next(), Some(".swatch"));
    }

    #[test]
    fn what_is_no_colour_is_the_default() {
        assert_eq!(Brand::of("red;}"), Brand::of("#371093"));
        assert_eq!(Brand::parse("12345"), None);
    }
}
