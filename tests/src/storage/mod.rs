mod crashes;
mod full_disk;
