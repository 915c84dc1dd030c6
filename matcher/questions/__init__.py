"""Questions put to the tag stream without a crime. Nothing is stored of the answers."""
