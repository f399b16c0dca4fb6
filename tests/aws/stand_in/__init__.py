"""A local stand-in for the parts of AWS that bayplan talks to.

moto's server answers what is faithful there (networks, identities, instance types, metrics as stored); what the
product depends on and moto gets wrong is answered by this package. NOT_IMITATED.md says what neither imitates.
"""
