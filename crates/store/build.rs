fn main() {
    // `sqlx::migrate!` reads the folder at compile time; cargo does not know that by itself.
    println!("cargo::rerun-if-changed=migrations");
}
