"""The words that signs are read from: phrases, schema.org types, folders of addresses, parts of class names."""

from __future__ import annotations

OFFERS = (
    *("get started", "contact us", "book a", "book now", "book your", "free quote", "free trial"),
    *("free estimate", "free consultation", "sign up", "request a demo", "request a quote"),
    *("request demo", "request quote", "our team", "our services", "our clients", "our customers"),
    *("learn more", "call us", "call now", "schedule a", "schedule your", "kontaktieren sie", "jetzt anfragen"),
    *("termin vereinbaren", "unsere leistungen", "unsere kunden", "mehr erfahren", "contactez-nous"),
    *("nous contacter", "demander un devis", "nos services", "nos clients", "en savoir plus"),
    *("contáctanos", "solicita tu", "solicita un", "nuestros servicios", "nuestros clientes", "más información"),
    *("saiba mais", "fale conosco", "contattaci", "richiedi", "i nostri servizi", "scopri di più"),
    *("neem contact op", "onze diensten", "meer informatie", "kontakta oss", "kontakt oss"),
    *("skontaktuj się", "nasze usługi", "связаться с нами", "наши услуги", "bize ulaşın"),
)
"""What a page says that sells or offers something."""

HOUSE = (
    *(" we ", " our ", " us ", " wir ", " unsere ", " unser ", " nous ", " notre ", " nos "),
    *(" nosotros ", " nuestro ", " nuestra ", " nuestros ", " noi ", " nostro ", " nostra ", " wij "),
    *(" onze ", " vår ", " vores ", " nasz "),
)
"""Words by which a house speaks of itself."""

_PRODUCT_TYPES_TEXT = """
    aggregateoffer individualproduct offer product productgroup
"""
PRODUCT_TYPES = frozenset(_PRODUCT_TYPES_TEXT.split())
"""schema.org types of what is sold."""

_PLACE_TYPES_TEXT = """
    attorney course dentist educationalorganization event hotel jobposting legalservice localbusiness medicalbusiness
    medicalorganization professionalservice restaurant service softwareapplication store webapplication
"""
PLACE_TYPES = frozenset(_PLACE_TYPES_TEXT.split())
"""schema.org types of businesses, events and courses."""

_STORY_PLACES_TEXT = """
    actualites archive archives article articles artikel blog blogs features guide guides how-to insights journal knowledge
    learn magazine nachrichten news noticias opinion post posts press recipe recipes resources review reviews stories story
    tips
"""
STORY_PLACES = frozenset(_STORY_PLACES_TEXT.split())
"""Folders of addresses that hold stories."""

_OTHER_PLACES_TEXT = """
    about about-us apps author authors brand brands browse buy c careers catalog categories category collection collections
    contact courses deals directory dp event events item jobs listing listings locations p plans portfolio pricing product
    products programs search service services shop software solution solutions store tag tags team topic topics privacy
    privacy-policy terms terms-of-use legal imprint impressum datenschutz cookie-policy kontakt ueber-uns mentions-legales
    auteur auteurs autor autores autore autori skribent skribenter forfatter redakteur autoren journaliste journalistes
    periodista avtor etiqueta etiquetas tema temas thema themen categoria categorias kategorie kategorien kategoria rubrique
    rubriques seccion sezione etiketter emne schlagwort mot-cle cimke stitek oznaka tagi argomenti zoeken suche buscar
    recherche cerca pesquisa szukaj hledat kereses poisk haku sok
    a-propos aviso-legal contacto politica-de-privacidad marketplace classifieds classified kleinanzeigen anzeigenmarkt
    for-sale for-rent to-rent to-let anuncios petites-annonces annonces annunci ogloszenia inserate bazar chi-siamo over-ons
    register login signup account
"""
OTHER_PLACES = frozenset(_OTHER_PLACES_TEXT.split())
"""Folders and last parts of addresses of products, services and lists."""

_STORY_CLASSES_TEXT = """
    entry-content post-content article-body article-content article__body post-body byline post-meta entry-meta post-author
    author-name published reading-time read-time post-date post-title entry-title article-header story comment post-navigation
    related-posts caption
"""
STORY_CLASSES = tuple(_STORY_CLASSES_TEXT.split())
"""Parts of class names that templates of stories have."""

_SHOP_CLASSES_TEXT = """
    price add-to-cart cart sku product swatch quantity variant rating stock
"""
SHOP_CLASSES = tuple(_SHOP_CLASSES_TEXT.split())
"""Parts of class names of shops."""

_PITCH_CLASSES_TEXT = """
    hero cta testimonial pricing faq accordion feature client logos banner icon-box counter tabs team section-title benefit
"""
PITCH_CLASSES = tuple(_PITCH_CLASSES_TEXT.split())
"""Parts of class names of landing pages."""

PAGE_CLASSES = ("pagination", "page-numbers")
"""Parts of class names of lists that go on."""
