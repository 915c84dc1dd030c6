"""What goes over the wire: frozen msgspec Structs, camelCase, every field chosen."""
