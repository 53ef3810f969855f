//! Pages for developers: browse, request access, try, keys.
