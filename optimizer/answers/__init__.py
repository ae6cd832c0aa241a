"""What a problem and its solution say besides the plan: worth of single offers, reasons, prices, other plans."""
