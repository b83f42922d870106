SELECT version,
    (SELECT coalesce(bit_xor(hashtextextended(t::text, 0)), 0) FROM destinations t)
  # (SELECT coalesce(bit_xor(hashtextextended(t::text, 0)), 0) FROM destination_prefixes t) AS destination,
    (SELECT coalesce(bit_xor(hashtextextended(t::text, 0)), 0) FROM decks t)
  # (SELECT coalesce(bit_xor(hashtextextended(t::text, 0)), 0) FROM deck_rates t) AS deck,
    (SELECT coalesce(bit_xor(hashtextextended(t::text, 0)), 0) FROM trunks t)
  # (SELECT coalesce(bit_xor(hashtextextended(t::text, 0)), 0) FROM gateways t)
  # (SELECT coalesce(bit_xor(hashtextextended(t::text, 0)), 0) FROM trunk_networks t) AS trunk,
    (SELECT coalesce(bit_xor(hashtextextended(t::text, 0)), 0) FROM routing_plans t)
  # (SELECT coalesce(bit_xor(hashtextextended(t::text, 0)), 0) FROM rules t)
  # (SELECT coalesce(bit_xor(hashtextextended(t::text, 0)), 0) FROM rule_destinations t)
  # (SELECT coalesce(bit_xor(hashtextextended(t::text, 0)), 0) FROM attempt_slots t)
  # (SELECT coalesce(bit_xor(hashtextextended(t::text, 0)), 0) FROM slot_trunks t) AS plan,
    (SELECT coalesce(bit_xor(hashtextextended(t::text, 0)), 0) FROM originators t)
  # (SELECT coalesce(bit_xor(hashtextextended(t::text, 0)), 0) FROM originator_addresses t) AS originator
FROM config_version
