SELECT cdr_make_day('epoch'::date + $1::integer)
