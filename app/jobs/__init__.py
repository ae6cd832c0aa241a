"""What runs in the background: processes that solve, the engine that feeds them, the keeper that watches the others."""
