"""Words beside a date that say what it is the date of, in the languages of the world's news."""

from __future__ import annotations

import re

UPDATED = re.compile(
    r"updat|modif|revis|\bstand\b|\breviewed|fact.?check|überprüft|\bedited"
    r"|last (?:change|edit)|corrected|actualiza|atualiza|alterad|mise? [àa] jour"
    r"|\bmàj\b|\bmaj(?=\s*:|\s(?:le|à|du)\b)|modifié|aktualis|geändert|bearbeitet|zuletzt|aggiorna|bijgewerkt|gewijzigd|laatst"
    r"|oppdater|opdater|endret|ændret|uppdater|ändrad|senast|päivitetty|muokattu|uuendatud|atnaujin"
    r"|atjaunin|aktualiz|upraven|posodob|ažurir|azurir|izmenjen|обновл|измен|оновл|змін|обновен|актуализ"
    r"|ажурир|измењ|actualizat|frissít|módosít|ενημερώθηκε|τελευταία|güncelle|düzenle|تحديث|عُدّل|محدث"
    r"|بروز|به‌روز|به روز|ویرایش|עודכן|עדכון|अपडेट|अद्यतन|संशोधित|আপডেট|হালনাগাদ|diperbar|dikemas|cập nhật"
    r"|อัปเดต|อัพเดต|แก้ไข|更新|修改|改訂|수정|업데이트|최종",
    re.IGNORECASE,
)
"""The date behind these is that of a change."""

PUBLISHED = re.compile(
    r"publi|posted|post (?:time|date)|first on|\bdate\b|created|released|veröffentlich|erschien|\bvom\b"
    r"|datum|\bparu|mis en ligne|fecha|subido|pubblic|gepublic|geplaatst|utgitt|udgiv|julkais"
    r"|avaldat|paskelb|opublik|wydan|dodan|zveřejn|vydán|zverejn|objav|објав|опублик|размещ|опублік|дата"
    r"|публик|megjelen|közzét|δημοσ|yayın|giriş|نشر|تاریخ|انتشار|פורסם|प्रकाशित|प्रकाशन|প্রকাশ|terbit"
    r"|dipublik|đăng|xuất bản|เผยแพร่|发布|發布|發佈|发表|發表|公開|掲載|配信|投稿|입력|등록|승인|게시",
    re.IGNORECASE,
)
"""The date behind these is that of publication."""

FIRST = re.compile(
    r"\bfirst\b|original|erst(?:mals|veröff|ellt)|premi[eè]re|primera|prima pubb|впервые|första|først|初", re.IGNORECASE
)
"""Of two dates of publication the one behind these is the earlier."""

OF_SOMETHING_ELSE = re.compile(
    r"©|\(c\)|\b(?:web)?site\b|\btaken\b|aufgenommen"
    r"|copyright|\ball rights|\b(?:received|accepted|submitted)\b"
    r"|born|died|since|until|deadline|expires?|valid|access(?:ed)?|retrieved|generated|rendered"
    r"|archived|event|starts?|ends?\b|kick-?off|joined|member|registered|next|upcoming|doors|\bwhen\b|\bwann\b|geboren"
    r"|gestorben|seit|bis zum|gültig|veranstaltung|termin|née? le|décédé|nacid|jusqu|hasta|evento|today is"
    r"|heute ist|hoy es",
    re.IGNORECASE,
)
"""The date behind these is neither."""
