//! What every page shares: frame, session, forms, components, assets.
