"""The members of the network: regions, cities, people, the people who act for each city, invitations."""
