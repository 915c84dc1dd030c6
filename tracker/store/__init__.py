"""The programme's database. The only place with SQLAlchemy, beside the services that use it."""
