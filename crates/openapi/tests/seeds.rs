//! What the fuzzer does, on the seeds that it begins with.

use std::path::Path;

#[path = "../../../fuzz/exercise.rs"]
mod exercise;

#[test]
fn every_seed_is_exercised() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/openapi");
    let mut seeds = 0;
    for file in std::fs::read_dir(folder).expect("the seeds are in the repository") {
        let path = file.expect("the folder is readable").path();
        exercise::bytes(&std::fs::read(path).expect("the seed is readable"));
        seeds += 1;
    }
    assert!(seeds > 2);
}
