use image::{ImageBuffer, Rgba};

use super::*;

fn png(width: u32, height: u32) -> Vec<u8> {
    let image = ImageBuffer::from_pixel(width, height, Rgba([200_u8, 30, 30, 128]));
    let mut bytes = Vec::new();
    image.write_with_encoder(PngEncoder::new(&mut bytes)).unwrap();
    bytes
}

fn size(image: &LogoImage) -> (u32, u32) {
    let decoded = image::load_from_memory(&image.bytes).unwrap();
    (decoded.width(), decoded.height())
}

#[test]
fn an_image_is_drawn_in_two_sizes_and_keeps_its_shape() {
    let [small, large] = draw(&png(800, 400)).unwrap();
    assert_eq!((size(&small), size(&large)), ((160, 80), (320, 160)));
    assert_eq!(small.media_type, "image/png");
    let pixel = image::load_from_memory(&small.bytes).unwrap().to_rgba8().get_pixel(80, 40).0;
    assert_eq!(pixel, [200, 30, 30, 128]);
}

#[test]
fn a_small_image_is_not_made_larger() {
    let [small, large] = draw(&png(20, 200)).unwrap();
    assert_eq!((size(&small), size(&large)), ((16, 160), (20, 200)));
    let [small, large] = draw(&png(10, 10)).unwrap();
    assert_eq!((size(&small), small == large), ((10, 10), true));
}

#[test]
fn a_photograph_stays_one() {
    let image = DynamicImage::new_rgb8(400, 400);
    let mut bytes = Vec::new();
    image.write_with_encoder(JpegEncoder::new(&mut bytes)).unwrap();
    let [small, large] = draw(&bytes).unwrap();
    assert_eq!((small.media_type.as_str(), size(&large)), ("image/jpeg", (320, 320)));
}

#[test]
fn what_came_along_with_an_image_is_left_behind() {
    let mut bytes = png(10, 10);
    bytes.extend_from_slice(b"<script>alert(1)</script>");
    let [small, _] = draw(&bytes).unwrap();
    assert!(!small.bytes.windows(7).any(|window| window == b"<script"));
}

#[test]
fn what_is_no_sound_image_is_refused() {
    assert_eq!(draw(b""), Err(Fault::Foreign));
    assert_eq!(draw(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), Err(Fault::Foreign));
    assert_eq!(draw(b"GIF89a............"), Err(Fault::Foreign));
    assert_eq!(draw(&vec![0; LOGO_BYTES + 1]), Err(Fault::Heavy));
    let whole = png(64, 64);
    assert_eq!(draw(&whole[..whole.len() / 2]), Err(Fault::Broken));
    assert_eq!(draw(&whole[..12]), Err(Fault::Broken));
}

/// A head that promises more pixels than there is memory for costs nothing.
#[test]
fn an_image_that_grows_when_decoded_is_refused() {
    for (width, height) in [(SIDE + 1, 1), (SIDE, SIDE)] {
        let mut bytes = png(1, 1);
        bytes[16..20].copy_from_slice(&width.to_be_bytes());
        bytes[20..24].copy_from_slice(&height.to_be_bytes());
        let check = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&check.to_be_bytes());
        assert_eq!(draw(&bytes), Err(Fault::Large), "{width} x {height}");
    }
}

/// The check of a chunk: PNG specification, annex D.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}
