"""Prices: the price list, rates of Savings Plans."""
