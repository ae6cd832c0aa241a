"""How a program is solved: plans, bound, screen, sweep and search. ``optimizer.solve`` leads through it."""
