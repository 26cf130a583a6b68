"""Where powers come from: git, a folder, an archive, S3."""
