"""The pages of countries and regions."""
