"""What a solved campaign says to its reader, one file per part of the answer."""
