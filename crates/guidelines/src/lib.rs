//! guidelines
