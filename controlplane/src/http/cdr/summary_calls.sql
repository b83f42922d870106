SELECT count(*),
       count(answered),
       count(*) FILTER (WHERE answered IS NOT NULL AND end_place IS NULL),
       count(*) FILTER (WHERE attempts @? '$[*] ? (@.trunk_id != $[0].trunk_id)'),
       count(*) FILTER (WHERE outcome = 'no_routing'),
       count(*) FILTER (WHERE ending = 'orphan'),
       percentile_disc(ARRAY[0.5, 0.9, 0.99]) WITHIN GROUP (ORDER BY setup_us),
       percentile_disc(ARRAY[0.5, 0.9, 0.99]) WITHIN GROUP (ORDER BY pdd_us)
FROM cdrs
WHERE ($1::timestamptz IS NULL OR received >= $1) AND ($2::timestamptz IS NULL OR received < $2)
