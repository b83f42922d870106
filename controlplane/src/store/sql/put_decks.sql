INSERT INTO decks (name)
SELECT name FROM unnest($1::text[]) WITH ORDINALITY AS w (name, place) ORDER BY place
ON CONFLICT (name) DO NOTHING
