-- Functions about what publishers say of their own changes. Applied again at each migration.

CREATE OR REPLACE FUNCTION dateline.change_notes(body text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT regexp_count(coalesce(body, ''),
        -- a paragraph that begins as a correction does
        '(?:^|\n)[^[:alpha:]\n]*(?:corrections?|corrected|clarifications?|editor[’'']s notes?|erratum|errata'
        '|update|updated|amended'
        '|korrektur|berichtigung|richtigstellung|aktualisierung|anmerkung der redaktion|anm\. d\. red'
        '|rectificati(?:f|on)|mise à jour|note de la rédaction|correcci[oó]n|rectificaci[oó]n|aclaraci[oó]n'
        '|fe de err(?:ores|atas)'
        '|actualizaci[oó]n|correzione|rettifica|precisazione|correção|atualização|correctie|rectificatie|sprostowanie'
        '|korekta'
        '|r[äÄ]ttelse|rettelse|presisering|oikaisu|oprava|düzeltme|[иИ]справлен|[уУ]точнение|[пП]оправка|[вВ]иправлен'
        '|تصحيح|更正|訂正|정정)(?![[:alpha:]-])'
        -- or a sentence that speaks of the text as it was
        '|(?:earlier|previous|prior|original) (?:version|edition) of (?:this|the|our)'
        '|(?:article|story|piece|report|post|column|headline|text) (?:has been|was|were) (?:since )?'
        '(?:updated|amended|corrected|edited|revised)'
        '|fr[üÜ]heren (?:version|fassung)|version précédente|précédente version|versi[oó]n anterior|versione precedente'
        '|versão anterior|eerdere versie|poprzedniej wersji|tidigare version|tidligere (?:versjon|version)', 1, 'i')
$$;
COMMENT ON FUNCTION dateline.change_notes(text) IS
    'How many corrections, clarifications and notes of changes a text prints.';
