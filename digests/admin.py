from digests.desk import admin as _admin  # noqa: F401  registers the models
