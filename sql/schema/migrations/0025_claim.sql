-- A claim on a host can be told from others: one whose answer was lost is taken back, where it took place.

ALTER TABLE dateline.host_pace ADD COLUMN claim uuid;
COMMENT ON COLUMN dateline.host_pace.claim IS 'The newest claim; whoever made it and never heard of it takes it back by this.';
