"""Which languages are read: English, however terse, and no other."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.errors import Refusal

from tests.unit.core.reading.requests import reading_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bitte ein Dashboard mit Umsatz pro Woche", "German"),
        ("Wir brauchen OAuth für neue Shops und einen Report pro Woche", "German"),
        ("Der Import von TikTok ist langsam, bitte schneller machen", "German"),
        ("Labels drucken mit Zebra, 203 dpi", "German"),
        ("Necesitamos un panel con las ventas de cada semana", "Spanish"),
        ("Quiero imprimir etiquetas con DHL y GLS", "Spanish"),
        ("Ajoutez un tableau de bord avec le chiffre d'affaires", "French"),
        ("Le stock TikTok n'est pas synchronisé avec Shopify", "French"),
        ("Vogliamo sincronizzare il magazzino con Shopify", "Italian"),
        ("Potrzebujemy raportu tygodniowego z TikTok Shop", "Polish"),
        ("Нужно печатать этикетки сразу после оплаты", "Russian"),
        ("주문이 결제되면 라벨을 인쇄하세요", "Korean"),
        ("請幫我們把 TikTok Shop 的訂單匯入", "Chinese"),
    ],
)
def test_another_language_is_refused_with_its_name(text: str, language: str) -> None:
    with pytest.raises(Refusal) as refused:
        reading_of(text)
    assert refused.value.code == "LANGUAGE_NOT_READ"
    assert str(refused.value).endswith(f"in {language}")
    assert "English" in refused.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "labels",
        "dunning",
        "OAuth2 login",
        "Redis cache, p95 < 200 ms",
        "DHL, DPD, GLS",
        "retry failed cards 5x in 10d",
        "fix N+1",
        "RBAC + SSO",
        "Zebra ZPL 203 dpi",
        "p99<300ms @10k rps",
        "kanban",
        "haiku sonnet limerick",
        "JWT, HMAC, CORS, CSP",
        "José from São Paulo wants labels from Correios for Łódź",
        "ship to Zürich, Köln and Málaga with Deutsche Post",
        'der Käufer says "Wo ist mein Paket?" too often: send tracking mails',
        "Fix this query:\n\n```sql\nSELECT etiqueta FROM pedidos WHERE pagado\n```",
    ],
)
def test_english_is_read_with_names_and_jargon_in_it(text: str) -> None:
    assert reading_of(text).language == "en"
