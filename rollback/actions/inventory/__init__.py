"""What is read and kept: the devices before and after the restore, the settings around them, the evidence of the fault.

Rooms: `capturing` (the effect that reads into the store) · `since` (when the backup ran) · `preparing` (`prepare`) with
`choosing` (what is offered and picked) and `proofs` (backup, rights, clocks) · `evidence` (`collect-evidence`) ·
`listing` (`list-devices`) · `comparing` (`compare-devices`) · `validating` (`validate-configuration`) · `carried`
(overrides that a stage without a gate hands to a later gate).
"""
